/** The house's database: a server of its own or one by URL, statements, transactions, migrations, and the folder lock. */
export { type Database, type DatabasePlan, openDatabase, type Transaction } from './database.ts';
export { isUniqueViolation, sqlStateOf } from './failure.ts';
export { FORMAT, type House, openHouse } from './house.ts';
export { lockFolder } from './lock-folder.ts';
export { migrate } from './migrate.ts';
export { oneTrip, type SqlPart } from './one-trip.ts';
export type { Query, Sql } from './sql.ts';
