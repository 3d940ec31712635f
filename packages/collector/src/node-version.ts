/** The versions that package.json names under `engines`. */
export const NODE_WANTED = "Node.js 22.23, 24.15 or newer";

/** Why this package cannot be run by a version of Node.js; undefined where it can. */
export function nodeMistake(version: string): string | undefined {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  if (major > 24 || (major === 24 && minor >= 15) || (major === 22 && minor >= 23)) return undefined;
  return `Cashtrail needs ${NODE_WANTED}; this is ${major}.${minor}`;
}
