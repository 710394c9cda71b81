/** The command line: what its tests, benches and long runs may reach. */
export { COMMANDS } from './commands.ts';
export { type Context, EXIT, exitOf, folderOf, languageOf } from './context.ts';
export { type Drawn, drawPeople } from './drill/drawings.ts';
export { type HouseProcess, startHouse } from './drill/house-process.ts';
export { halfOf, type Mark, pictureMarks, templateMarks, wordMarks } from './drill/marks.ts';
export { makeCanary, searchRaw } from './drill/raw.ts';
export { type Found, makeSearcher, type Searcher, searchFolder } from './drill/search.ts';
export { BUG, runCommand } from './run.ts';
