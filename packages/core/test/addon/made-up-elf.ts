const headerBytes = 64;
const programHeaderBytes = 56;

/** The beginning of a 64-bit program file of Linux (elf(5)), for a machine by its number there, that asks for a loader. */
export function elf(machine: number, interpreter?: string): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.write('\x7fELF', 'latin1');
  header.set([2, 1, 1], 4);
  header.writeUInt16LE(machine, 18);
  if (interpreter === undefined) return header;
  const path = Buffer.from(`${interpreter}\0`);
  const programHeaders = Buffer.alloc(2 * programHeaderBytes);
  header.writeBigUInt64LE(BigInt(headerBytes), 32);
  header.writeUInt16LE(programHeaderBytes, 54);
  header.writeUInt16LE(2, 56);
  // The first is of another kind.
  programHeaders.writeUInt32LE(6, 0);
  programHeaders.writeUInt32LE(3, programHeaderBytes);
  programHeaders.writeBigUInt64LE(BigInt(headerBytes + programHeaders.length), programHeaderBytes + 8);
  programHeaders.writeBigUInt64LE(BigInt(path.length), programHeaderBytes + 32);
  return Buffer.concat([header, programHeaders, path]);
}
