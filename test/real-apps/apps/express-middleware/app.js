const path = require('node:path');
const compression = require('compression');
const express = require('express');
const session = require('express-session');
const helmet = require('helmet');
const morgan = require('morgan');
const multer = require('multer');
const passport = require('passport');
const { Strategy: LocalStrategy } = require('passport-local');
const FileStore = require('session-file-store')(session);

const users = [{ id: 1, name: 'ada', password: 'lovelace' }];

passport.use(
  new LocalStrategy((username, password, done) => {
    const user = users.find(({ name }) => name === username);
    if (user === undefined || user.password !== password) return done(null, false);
    return done(null, user);
  }),
);
passport.serializeUser((user, done) => done(null, user.id));
passport.deserializeUser((id, done) => done(null, users.find((user) => user.id === id) ?? false));

const app = express();
const upload = multer({ dest: path.join(process.env.DATA_DIR, 'uploads') });

app.use(morgan(':method :url :status'));

app.get('/health', (request, response) => {
  response.json({ status: 'ok', pid: process.pid });
});

app.get('/report', (request, response) => {
  setTimeout(() => response.json({ rows: [1, 2, 3], pid: process.pid }), 50);
});

app.use(helmet());
app.use(compression({ threshold: 0 }));
app.use(express.urlencoded());
app.use(
  session({
    // Workers share the sessions by way of the files.
    store: new FileStore({ path: path.join(process.env.DATA_DIR, 'sessions'), logFn: () => {} }),
    secret: 'a secret of the app',
    resave: false,
    saveUninitialized: false,
  }),
);
app.use(passport.initialize());
app.use(passport.session());

app.post('/login', passport.authenticate('local'), (request, response) => {
  response.json({ name: request.user.name });
});

app.get('/me', (request, response) => {
  response.json({ name: request.user?.name ?? 'nobody' });
});

app.get('/visits', (request, response) => {
  request.session.visits = (request.session.visits ?? 0) + 1;
  response.json({ visits: request.session.visits });
});

app.post('/upload', upload.single('file'), (request, response) => {
  response.json({ name: request.file.originalname, size: request.file.size, by: request.body.by });
});

app.get('/long', (request, response) => {
  response.type('text/plain').send('a line that compresses well\n'.repeat(2_000));
});

app.listen(process.env.PORT, process.env.HOST);
