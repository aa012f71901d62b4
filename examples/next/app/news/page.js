/** Made at the build, and again once an hour. */
export const revalidate = 3600;

export default function News() {
  return <p>News of {new Date().toISOString()}</p>;
}
