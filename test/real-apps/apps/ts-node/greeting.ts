// An enum, which Node's own type stripping does not take.
export enum Weekday {
  Monday = 'Monday',
  Friday = 'Friday',
}

export function greet(name: string, day: Weekday): string {
  return `Hello ${name}, it is ${day}`;
}
