// What readelf(1) tells of a shared library: it reads those of any processor.
import { execFileSync } from 'node:child_process';

export interface SharedLibrary {
  machine: string;
  /** Names of what it is linked with (DT_NEEDED). */
  needed: string[];
  sections: string[];
  /** Types of its segments. */
  segments: string[];
  /** Names that others can find in it. */
  exports: string[];
  /** Versions of glibc's symbols that it asks for, such as `2.17`. */
  glibcVersions: string[];
}

function allMatches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found);
}

export function readSharedLibrary(file: string): SharedLibrary {
  const read = (...options: string[]): string =>
    execFileSync('readelf', ['--wide', ...options, file], { encoding: 'utf8' });
  const [machine = ''] = allMatches(read('--file-header'), /^ +Machine: +(.+)$/gm);
  return {
    machine,
    needed: allMatches(read('--dynamic'), /\(NEEDED\) +Shared library: \[(.+)\]$/gm),
    sections: allMatches(read('--section-headers'), /^ +\[ *\d+\] (\.\S+)/gm),
    segments: allMatches(read('--program-headers'), /^ +([A-Z_]+) +0x/gm),
    // Number, value, size, type, binding, visibility, section, name.
    exports: allMatches(read('--dyn-syms'), /^ +\d+: \S+ +\S+ +\S+ +(?:GLOBAL|WEAK) +\S+ +\d+ (\S+)/gm),
    glibcVersions: allMatches(read('--version-info'), /Name: GLIBC_([\d.]+)/g),
  };
}
