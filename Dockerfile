# One non-root container of `nico serve`. Build: docker build -t nico .
# The base moves: it is named without a digest, since none could be verified where this was written. Pin it where you build:
# docker build --build-arg BASE=ubuntu@sha256:... -t nico .
ARG BASE=ubuntu:24.04
FROM ${BASE} AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates dotnet-sdk-10.0 \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY db db
COPY src src
RUN dotnet publish src/Host -c Release -o /app -p:RestoreLockedMode=true -p:BuildTime="$(date -u +%Y-%m-%dT%H:%M:%SZ)"

FROM ${BASE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates aspnetcore-runtime-10.0 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /app /app
# Metrics and health are open there; /ops asks for a token (Http__OperatorTokenFile), and answers nobody without one.
ENV Http__Address=0.0.0.0 \
    Http__MetricsAddress=0.0.0.0 \
    DOTNET_EnableDiagnostics=0
EXPOSE 8388 9360
USER 65532:65532
# On the operator's port, which never speaks TLS.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${Http__MetricsPort:-9360} && printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["dotnet", "/app/nico.dll"]
CMD ["serve"]
