# One non-root container of `nico serve`. Build: docker build -t nico .
FROM ubuntu:24.04 AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates dotnet-sdk-10.0 \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY db db
COPY src src
RUN dotnet publish src/Host -c Release -o /app -p:BuildTime="$(date -u +%Y-%m-%dT%H:%M:%SZ)"

FROM ubuntu:24.04
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates aspnetcore-runtime-10.0 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /app /app
ENV Http__Address=0.0.0.0 \
    Http__MetricsAddress=0.0.0.0 \
    DOTNET_EnableDiagnostics=0
EXPOSE 8388 9360
USER 65532:65532
ENTRYPOINT ["dotnet", "/app/nico.dll"]
CMD ["serve"]
