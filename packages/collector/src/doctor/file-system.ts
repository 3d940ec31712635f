/** What a file system's kind means for a ledger. Numbers: the `f_type` of Linux, https://man7.org/linux/man-pages/man2/statfs.2.html */
const KINDS: ReadonlyMap<number, { readonly name: string; readonly kind: "memory" | "network" | "container" }> =
  new Map([
    [0x01021994, { name: "tmpfs", kind: "memory" }],
    [0x858458f6, { name: "ramfs", kind: "memory" }],
    [0x6969, { name: "NFS", kind: "network" }],
    [0x517b, { name: "SMB", kind: "network" }],
    [0xff534d42, { name: "CIFS", kind: "network" }],
    [0xfe534d42, { name: "SMB 2", kind: "network" }],
    [0x00c36400, { name: "Ceph", kind: "network" }],
    [0x01021997, { name: "9P", kind: "network" }],
    [0x5346414f, { name: "AFS", kind: "network" }],
    [0x65735546, { name: "FUSE", kind: "network" }],
    [0x794c7630, { name: "overlayfs", kind: "container" }],
  ]);

/** A file system that a ledger should not be on, or undefined where nothing is known against it. */
export function unfitFileSystem(
  platform: NodeJS.Platform,
  type: number,
): { readonly name: string; readonly kind: "memory" | "network" | "container" } | undefined {
  // Other systems number theirs otherwise. As 32 bits without a sign: some come with one.
  return platform === "linux" ? KINDS.get(type >>> 0) : undefined;
}
