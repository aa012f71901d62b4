// What many apps are asked.
import type { Probe } from './case.js';

export function get(path: string, headers: Record<string, string> = {}): Probe {
  return (visitor) => visitor.get(path, headers);
}

export function post(path: string, body: string | object, headers: Record<string, string> = {}): Probe {
  return (visitor) => visitor.post(path, body, headers);
}

/** Most apps have a path that answers at once, and one that takes its time. */
export const load = ['/health', '/report'];

/** What a visitor is told who comes again after a login. */
export const login: Probe = async (visitor) => [await visitor.get('/login'), await visitor.get('/me')];

/** A form with a file. */
export function upload(field: string, name: string, content: string): FormData {
  const form = new FormData();
  form.set(field, new File([content], name, { type: 'text/plain' }));
  return form;
}
