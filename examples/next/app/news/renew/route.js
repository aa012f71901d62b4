import { revalidatePath } from 'next/cache';

/** Has the page made again before the hour is over. */
export function POST() {
  revalidatePath('/news');
  return new Response(null, { status: 204 });
}
