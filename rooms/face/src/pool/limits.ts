export interface PoolLimits {
  readonly milliseconds: number; //      one picture may take, from the moment a child has it
  readonly startMilliseconds: number; // a child may take until it is ready
  readonly waitMilliseconds: number; //  a picture may wait for a free child
  readonly memoryMiB: number; //         a child may hold; about 190 are its models and libraries
  readonly queue: number; //             pictures may wait
}

/** A good picture takes some 30 ms and the most expensive bad one under 200 ms of an idle core. */
export const POOL_LIMITS: PoolLimits = {
  milliseconds: 3000,
  startMilliseconds: 60_000,
  waitMilliseconds: 10_000,
  memoryMiB: 640,
  queue: 64,
};
