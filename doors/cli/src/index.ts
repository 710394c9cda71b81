/** The command line: what its tests may reach. */
export { type HouseProcess, startHouse } from './drill/house-process.ts';
export { halfOf, type Mark, pictureMarks, templateMarks, wordMarks } from './drill/marks.ts';
export { type Found, makeSearcher, type Searcher, searchFolder } from './drill/search.ts';
