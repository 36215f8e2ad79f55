using Grpc.Core;
using Grpc.Health.V1;

namespace Nico.SiteSimulator.Serving;

/// <summary>The usual gRPC health service: serving, unless a fault says that the site is down.</summary>
internal sealed class SiteHealth(Controller site) : Health.HealthBase
{
    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context) => request.Service is "" or "forge.Forge"
        ? Task.FromResult(Now())
        : throw new RpcException(new Status(StatusCode.NotFound, $"There is no service {request.Service}."));

    public override async Task Watch(HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        var known = request.Service is "" or "forge.Forge";
        var last = default(HealthCheckResponse);
        while (!context.CancellationToken.IsCancellationRequested)
        {
            var now = known ? Now() : new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.ServiceUnknown };
            if (!now.Equals(last))
            {
                await responseStream.WriteAsync(now, context.CancellationToken);
                last = now;
            }

            await Task.Delay(TimeSpan.FromSeconds(1), context.CancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private HealthCheckResponse Now() => new()
    {
        Status = site.Faults.Active.Any(fault => fault is { Kind: FaultKind.Down, Rpc: null, Resource: null, Target: null })
            ? HealthCheckResponse.Types.ServingStatus.NotServing
            : HealthCheckResponse.Types.ServingStatus.Serving,
    };
}
