# The programs of the Compose lab: the workstation, the lab's internet, and whoever sets things up.
# The gate itself has an image of its own (deploy/Dockerfile). From the top of the repository:
#
#   docker build -f deploy/compose/lab.Dockerfile --target lab -t sallyport-lab .

FROM debian:bookworm-slim AS lab
WORKDIR /opt/lab
COPY deploy/machine.sh deploy/packages /tmp/
RUN bash -c '. /tmp/machine.sh && install_packages lab compose' \
    && rm -rf /tmp/machine.sh /tmp/packages /var/lib/apt/lists/* /var/cache/apt/*
# Whatever shell a person starts on the workstation has what `sallyport env` says (BASH_ENV).
RUN useradd --uid 1000 --create-home --shell /bin/bash lab \
    && echo '[ ! -r "$BASH_ENV" ] || . "$BASH_ENV"' >>/etc/bash.bashrc
COPY deploy/compose/chromium.conf /etc/chromium.d/sallyport
COPY deploy/sidecar/packet-rules.nft deploy/compose/station.sh ./
COPY deploy/lab .
USER 1000:1000
CMD ["sleep", "infinity"]

FROM debian:bookworm-slim AS prometheus
RUN export DEBIAN_FRONTEND=noninteractive; \
    apt-get update -qq && apt-get install -qq -y --no-install-recommends prometheus >/dev/null \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* \
    && install -d -o 65534 -g 65534 /data
COPY deploy/prometheus /etc/sallyport
COPY deploy/compose/gates.yml /etc/sallyport/
USER 65534:65534
WORKDIR /etc/sallyport
CMD ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=/data", \
     "--web.console.templates=consoles", "--web.console.libraries=console_libraries"]
