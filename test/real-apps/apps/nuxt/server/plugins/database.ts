/** Stands for a connection to a database, which is closed at the end. */
export default defineNitroPlugin((app) => {
  app.hooks.hook('close', () => console.log('the database is closed'));
});
