import { closeSync, openSync, readSync } from 'node:fs';

/** What a program file of Linux says of itself (elf(5)). */
export interface Elf {
  /** As `process.arch` has it, where that is one of Baton's; else the number of elf(5). */
  arch: string;
  /** The program that loads it, which belongs to the C library: `/lib64/ld-linux-x86-64.so.2`. Libraries have none. */
  interpreter: string | undefined;
}

const headerBytes = 64;
const programHeaderBytes = 56;
const longestPath = 4_096;
const is64Bit = 2;
const isLittleEndian = 1;
const ptInterp = 3;
const architectures: Readonly<Record<number, string>> = { 3: 'ia32', 40: 'arm', 62: 'x64', 183: 'arm64' };

/** Undefined: it is no such file. Throws where it cannot be read. */
export function readElf(file: string): Elf | undefined {
  const fd = openSync(file, 'r');
  try {
    const header = read(fd, 0, headerBytes);
    if (header.length < headerBytes || header.toString('latin1', 0, 4) !== '\x7fELF') return undefined;
    const machine = header.readUInt16LE(18);
    const arch = architectures[machine] ?? `machine ${machine}`;
    const isKnown = header[4] === is64Bit && header[5] === isLittleEndian;
    return { arch, interpreter: isKnown ? interpreterOf(fd, header) : undefined };
  } finally {
    closeSync(fd);
  }
}

function interpreterOf(fd: number, header: Buffer): string | undefined {
  // What a file that is damaged says may be anything.
  if (header.readUInt16LE(54) !== programHeaderBytes) return undefined;
  const table = read(fd, Number(header.readBigUInt64LE(32)), programHeaderBytes * header.readUInt16LE(56));
  for (let at = 0; at + programHeaderBytes <= table.length; at += programHeaderBytes) {
    if (table.readUInt32LE(at) !== ptInterp) continue;
    const length = Math.min(Number(table.readBigUInt64LE(at + 32)), longestPath);
    const path = read(fd, Number(table.readBigUInt64LE(at + 8)), length);
    return path.toString('latin1').replace(/\0.*$/s, '');
  }
  return undefined;
}

function read(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, position));
}
