import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { createSchema, createYoga } from 'graphql-yoga';

const yoga = createYoga({
  schema: createSchema({
    typeDefs: /* GraphQL */ `
      type Report {
        rows: [Int]
        pid: Int
      }

      type Query {
        hello(name: String = "world"): String
        report: Report
      }

      type Mutation {
        upload(file: File!): Int
      }

      scalar File

      type Subscription {
        countdown(from: Int!): Int
      }
    `,
    resolvers: {
      Query: {
        hello: (_, { name }) => `Hello ${name}`,
        report: async () => {
          await setTimeout(50);
          return { rows: [1, 2, 3], pid: process.pid };
        },
      },
      Mutation: { upload: async (_, { file }) => (await file.text()).length },
      Subscription: {
        countdown: {
          subscribe: async function* countdown(_, { from }) {
            for (let i = from; i >= 0; i--) {
              await setTimeout(5);
              yield { countdown: i };
            }
          },
        },
      },
    },
  }),
});

createServer(yoga).listen(process.env.PORT, process.env.HOST);
