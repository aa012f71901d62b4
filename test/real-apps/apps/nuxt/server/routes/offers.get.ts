/** Made once an hour, whoever asks. */
export default defineCachedEventHandler(
  () => ({ offers: ['kettle'], made: process.hrtime.bigint().toString() }),
  {
    maxAge: 3600,
  },
);
