// adapter-node's own event, once the server is closed and all its connections are gone.
process.on('sveltekit:shutdown', (reason) => console.log(`closed at ${reason}`));
