# One image, several commands: api, sync-worker, scheduler, migrate. Runs as an ordinary user on a read-only file system.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json ./
COPY packages packages
COPY services services
# Without optional dependencies: the embedded PostgreSQL is for `npm start`, and stays out of the image.
RUN npm install --no-audit --no-fund --omit=optional && npm run build && npm prune --omit=dev --omit=optional

FROM node:20-bookworm-slim
# In a container, 127.0.0.1 is reached by nobody else.
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
COPY --from=build --chown=root:root /app /app
USER node
EXPOSE 8080 9090
CMD ["node", "services/api/dist/main.js"]
