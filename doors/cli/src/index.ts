/** The command line: what its tests may reach. */
export { halfOf, type Mark, pictureMarks, templateMarks, wordMarks } from './drill/marks.ts';
export { type Found, makeSearcher, type Searcher, searchFolder } from './drill/search.ts';
