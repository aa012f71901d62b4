/** JSON for a terminal, too: it leaves control characters beyond ASCII as they are, and terminals may act on them. */
export function jsonText(value: object, indent?: number): string {
  return JSON.stringify(value, null, indent).replaceAll(
    /[\u007f-\u009f]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  );
}
