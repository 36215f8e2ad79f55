using Grpc.AspNetCore.Server.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Nico.SiteProtocol.Forge;

namespace Nico.SiteSimulator.Serving;

/// <summary>Serves the call of <see cref="CoreService"/> whose answer is put together of bytes, before the generated one of the same name.</summary>
internal sealed class FrameCalls : IServiceMethodProvider<CoreService>
{
    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<CoreService> context) => context.AddUnaryMethod(
        Forge.FindMachineFramesByIds, [new First()], (service, request, call) => service.FindMachineFramesByIds(request, call));

    /// <summary>Gives those calls the precedence.</summary>
    public static void Order(EndpointBuilder endpoint)
    {
        if (endpoint is RouteEndpointBuilder route && endpoint.Metadata.OfType<First>().Any())
        {
            route.Order = -1;
        }
    }

    private sealed class First;
}
