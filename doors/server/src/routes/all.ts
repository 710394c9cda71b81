import type { Route } from '../http/route.ts';
import { bundleRoutes, entryRoutes, erasureRoutes } from './entries.ts';
import { faceRoutes, openingRoutes, verificationRoutes } from './faces.ts';
import { consentRoutes, peopleRoutes, purposeRoutes } from './people.ts';

/** Every route that needs a key; the open ones are `/` and `/health`. */
export const ROUTES: readonly Route[] = [
  ...peopleRoutes,
  ...purposeRoutes,
  ...consentRoutes,
  ...faceRoutes,
  ...verificationRoutes,
  ...openingRoutes,
  ...entryRoutes,
  ...erasureRoutes,
  ...bundleRoutes,
];
