/**
 * The base image as a Dockerfile: the same text as `docker/Dockerfile`, which a test compares.
 */

/** Where the base comes from while a registry answers. */
export const OFFICIAL = 'node:24-bookworm-slim';

export const DOCKERFILE = `# The base image of hermes: Node, and the programs by which faults are put into a container's network.
# hermes builds it by itself at the first run; by hand: docker build --tag hermes-base docker/
FROM ${OFFICIAL}
RUN apt-get update \\
 && apt-get install --yes --no-install-recommends iproute2 iptables \\
 && rm -rf /var/lib/apt/lists/* \\
 && mkdir /data
`;
