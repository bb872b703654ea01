# A small image of the server, which runs without root:
#
#   docker build -t proffer .
#   openssl rand -hex 32 >token
#   docker run -p 7420:7420 -v proffer:/var/lib/proffer -v ./token:/run/secrets/proffer-token:ro --read-only proffer
#
# The container listens on every address of its own, which needs a token (--token-file). It runs as user 7420, who must be
# able to read the token. sh scripts/check_package.sh --image does the same steps in a plain Debian root, without Docker.

FROM debian:bookworm-slim AS build
WORKDIR /src
COPY . .
RUN sh -c '. scripts/lib.sh && install_packages' \
 && apt-get install -y -q --no-install-recommends dpkg-dev file \
 && cmake --preset package \
 && cmake --build --preset package \
 && cpack --preset package \
 && mv build/package/proffer_*_amd64.deb /proffer.deb

FROM debian:bookworm-slim
COPY --from=build /proffer.deb /tmp/proffer.deb
RUN groupadd --system --gid 7420 proffer \
 && useradd --system --uid 7420 --gid 7420 --home-dir /var/lib/proffer --no-create-home --shell /usr/sbin/nologin proffer \
 && apt-get update -q \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends /tmp/proffer.deb \
 && rm -rf /tmp/proffer.deb /var/lib/apt/lists/* /var/cache/apt/*
ENV PROFFER_DATA=/var/lib/proffer/data \
    PROFFER_SOURCES=/var/lib/proffer/sources \
    PROFFER_LISTEN=0.0.0.0:7420 \
    PROFFER_TOKEN_FILE=/run/secrets/proffer-token \
    PROFFER_LOG_FORMAT=json
USER 7420:7420
WORKDIR /var/lib/proffer
VOLUME /var/lib/proffer
EXPOSE 7420
HEALTHCHECK --start-period=60s CMD ["proffer", "version", "--with-server"]
ENTRYPOINT ["proffer"]
CMD ["serve"]
