// Preloaded: localhost has both of its addresses, as on most systems, whatever this machine's hosts file says.
const dns = require('node:dns');
const lookup = dns.lookup;
const both = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];
dns.lookup = (host, options, callback) => {
  if (host !== 'localhost') return lookup(host, options, callback);
  const answer = callback ?? options;
  process.nextTick(() => (options.all ? answer(null, both) : answer(null, both[0].address, both[0].family)));
};
