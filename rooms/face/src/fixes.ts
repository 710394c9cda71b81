import type { RefusalCode } from '@visor/record';

/** What the person before the camera, or the one who sends the picture, can do about a refusal; shown beside it. */
export const FIXES: Readonly<Partial<Record<RefusalCode, string>>> = {
  'face.picture.format': 'Send a photo as JPEG, PNG or WebP; other kinds, drawings and films are not read.',
  'face.picture.size':
    'Send a photo of at most 8 MiB, 8,000 pixels a side and 25 megapixels (12.5 as WebP or progressive JPEG, 8 as interlaced PNG).',
  'face.picture.broken': 'The file is incomplete or damaged: send it again, or take the picture again.',
  'face.picture.extra':
    'Something else is in the file behind or beside the picture, such as the film of a live photo: save it again as a plain picture.',
  'face.none':
    'Look straight into the camera, with light from the front and the whole face free, an arm’s length away.',
  'face.several': 'Only one person may be in the picture: ask the others to step back, or cover posters and screens.',
  'face.small': 'Come closer: the face has to fill about a third of the picture’s height.',
  'face.edge': 'Move so that the whole face, from forehead to chin, is inside the picture.',
  'face.blurred': 'Hold still, wipe the lens and turn on more light.',
  'face.timeout': 'Try once more with a smaller picture.',
};
