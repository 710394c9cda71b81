type Settings = Readonly<Record<string, string | number>>;

/** Nobody but us: no port, and a socket in a folder that only its owner may enter. */
const reach = (socketFolder: string): Settings => ({
  listen_addresses: '',
  unix_socket_directories: socketFolder,
  unix_socket_permissions: '0700',
  port: 5432,
  ssl: 'off',
});

/** What was answered is on the disk. */
const DURABLE: Settings = {
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  wal_level: 'replica', // a copy of the running folder (pg_backup_start) needs it
};

/** No personal data in the log: a statement that fails leaves no line, nor do any statement's text, values or details. */
const DISCREET: Settings = {
  log_min_messages: 'log', // leaves out ERROR, whose message may quote a value
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_statement: 'none',
  log_min_duration_statement: -1,
  log_min_duration_sample: -1,
  log_transaction_sample_rate: 0,
  log_parameter_max_length: 0,
  log_parameter_max_length_on_error: 0,
  log_autovacuum_min_duration: -1,
  log_lock_waits: 'off',
  log_temp_files: -1,
  log_checkpoints: 'off',
  log_connections: 'off',
  log_disconnections: 'off',
  logging_collector: 'off',
  log_destination: 'stderr',
  log_timezone: 'UTC',
  client_min_messages: 'warning',
};

/** For a machine of two cores that does other work too. */
const modest = (major: number, connections: number): Settings => ({
  max_connections: connections,
  shared_buffers: '64MB',
  max_wal_size: '512MB',
  max_worker_processes: 4,
  max_parallel_workers_per_gather: 0,
  autovacuum_max_workers: 2,
  max_wal_senders: 2,
  max_logical_replication_workers: 0,
  jit: 'off',
  huge_pages: 'off',
  timezone: 'UTC',
  ...(major >= 18 ? { io_method: 'sync' } : {}), // otherwise three more processes
});

/** Arguments of `postgres`; they hold whatever a configuration file says. */
export function serverSettings(major: number, socketFolder: string, connections: number): readonly string[] {
  const settings = { ...reach(socketFolder), ...DURABLE, ...DISCREET, ...modest(major, connections) };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Checksums find a damaged page, locale C keeps the order of an index apart from the system's libraries. */
export const initArguments = (cluster: string): readonly string[] => [
  '-D',
  cluster,
  '-U',
  'visor',
  '-A',
  'trust',
  '-E',
  'UTF8',
  '--locale=C',
  '--data-checksums',
  '--no-instructions',
];
