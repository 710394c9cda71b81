/** The HTTP door and the one place where the rooms are wired. */

export type { House, HouseSettings } from './house/house.ts';
export { localActs } from './house/local-acts.ts';
export { openHouse, VERSION } from './house/open-house.ts';
export { random, sha256, verifyEd25519 } from './house/tools.ts';
export { allowedNames, checkNames } from './http/allow.ts';
export { openApi, refusalsOf } from './http/openapi.ts';
export { problemOf } from './http/problem.ts';
export { type Counted, countRefusals, type Refusals } from './http/refusals.ts';
export { type Caller, type Route, SCOPES } from './http/route.ts';
export { ROUTES } from './routes/all.ts';
export { type Served, serve } from './serve.ts';
