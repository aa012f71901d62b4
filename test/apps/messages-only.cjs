// Serves nothing: its channel keeps it, as it asks for that.
process.channel.ref();
process.on('SIGTERM', () => {});
process.send('ready');
