import { setTimeout } from 'node:timers/promises';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';

const typeDefs = `#graphql
  type Book {
    title: String
    author: String
  }

  type Report {
    rows: [Int]
    pid: Int
  }

  type Query {
    books(author: String): [Book]
    report: Report
    fails: String
  }

  type Mutation {
    addBook(title: String!, author: String!): Book
  }
`;

const books = [
  { title: 'The Awakening', author: 'Kate Chopin' },
  { title: 'City of Glass', author: 'Paul Auster' },
];

const resolvers = {
  Query: {
    books: (_, { author }) => books.filter((book) => author === undefined || book.author === author),
    report: async () => {
      await setTimeout(50);
      return { rows: [1, 2, 3], pid: process.pid };
    },
    fails: () => {
      throw new Error('this is in the answer');
    },
  },
  Mutation: { addBook: (_, book) => book },
};

const server = new ApolloServer({ typeDefs, resolvers });

await startStandaloneServer(server, {
  listen: { host: process.env.HOST, port: Number(process.env.PORT) },
});
