/** HTTP statuses that say that nothing was done, and that later it may be: too slow, too early, too many. */
export function mayTryLater(status: number): boolean {
  return status === 408 || status === 425 || status === 429;
}
