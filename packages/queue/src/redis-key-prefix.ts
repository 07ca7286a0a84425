/** First part of every Redis key, so that one Redis can serve other programs too. PostgreSQL has a schema for this. */
export const redisKeyPrefix = "proxbox";
