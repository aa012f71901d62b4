// Listens on a path; removes what it is asked to, by the function that it is asked to use. Answers with the error's code.
const fs = require('node:fs');
const http = require('node:http');
const { promisify } = require('node:util');
const functions = {
  unlinkSync: fs.unlinkSync,
  unlink: promisify(fs.unlink),
  'promises.unlink': fs.promises.unlink,
  rmSync: fs.rmSync,
  rm: promisify(fs.rm),
  'promises.rm': fs.promises.rm,
};
http
  .createServer(async (request, response) => {
    const { searchParams } = new URL(request.url, 'http://localhost');
    let code;
    try {
      await functions[searchParams.get('by')](searchParams.get('path'));
    } catch (error) {
      ({ code } = error);
    }
    response.end(JSON.stringify({ code }));
  })
  .listen(process.env.SOCKET_PATH);
