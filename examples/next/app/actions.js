'use server';

import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';

/** A server action: what the form is sent to. */
export async function order(form) {
  (await cookies()).set('ordered', form.get('product'));
  redirect('/');
}
