// Says that it was loaded, and never listens.
console.log('loaded');
setInterval(() => {}, 1000);
