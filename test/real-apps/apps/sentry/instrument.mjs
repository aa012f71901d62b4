// As in Sentry's documentation: node --import ./instrument.mjs app.js
import * as Sentry from '@sentry/node';

Sentry.init({ dsn: process.env.SENTRY_DSN, tracesSampleRate: 1.0 });
