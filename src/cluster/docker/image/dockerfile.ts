/**
 * The image as a Dockerfile, of which hermes itself builds the first stage: the same text as
 * `docker/Dockerfile`, which a test compares; an installed package has no such folder.
 */

/** Where the base comes from while a registry answers. */
export const OFFICIAL = 'node:24-bookworm-slim';

/** Name of the first stage. */
export const BASE_STAGE = 'base';

export const DOCKERFILE = `# The image of hermes. It is made without you: the first "hermes cluster up --runtime docker" makes it.
# By hand, in a clone, with Docker: npm ci && npm run build && docker build -t hermes -f docker/Dockerfile .

# Node, and the programs by which faults are put into a container's network.
FROM ${OFFICIAL} AS ${BASE_STAGE}
RUN apt-get update \\
 && apt-get install --yes --no-install-recommends iproute2 iptables \\
 && rm -rf /var/lib/apt/lists/* \\
 && mkdir /data

# The program.
FROM ${BASE_STAGE} AS program
COPY package.json /opt/hermes/
COPY dist/src /opt/hermes/src
ENV NODE_ENV=production
ENTRYPOINT ["/usr/local/bin/node", "/opt/hermes/src/cluster/docker/inside/by-hand.js"]
`;
