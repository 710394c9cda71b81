/** What a run was made to find: it fails the run with its round and its seed, where a mistake of the run itself is thrown on. */
export class Finding extends Error {
  override readonly name = 'Finding';
}
