/** Stands for a connection to a database, which is closed at the end. */
export default class DatabaseProvider {
  async shutdown() {
    console.log('the database is closed');
  }
}
