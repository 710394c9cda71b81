/** How a command of this machine asks the house that runs on a folder. */
export { askLocally } from './house/local-socket.ts';
