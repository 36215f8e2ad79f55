using System.Collections;
using Google.Protobuf;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Nico.SiteProtocol.Forge;
using Nico.SiteProtocol.Frames;

namespace Nico.SiteSimulator.Serving;

/// <summary>
/// Serves the calls of <see cref="CoreService"/> that answer with a list as bytes, before the generated ones of the same name: machines are put
/// together of bytes, and faults may make of any list what no message can be.
/// </summary>
internal sealed class FrameCalls : IServiceMethodProvider<CoreService>
{
    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<CoreService> context)
    {
        Add<VpcSearchFilter, VpcIdList>(context, "FindVpcIds", (core, request, call) => core.FindVpcIds(request, call));
        Add<VpcsByIdsRequest, VpcList>(context, "FindVpcsByIds", (core, request, call) => core.FindVpcsByIds(request, call));
        Add<VpcPrefixSearchQuery, VpcPrefixIdList>(context, "SearchVpcPrefixes", (core, request, call) => core.SearchVpcPrefixes(request, call));
        Add<VpcPrefixGetRequest, VpcPrefixList>(context, "GetVpcPrefixes", (core, request, call) => core.GetVpcPrefixes(request, call));
        Add<NetworkSegmentSearchFilter, NetworkSegmentIdList>(
            context, "FindNetworkSegmentIds", (core, request, call) => core.FindNetworkSegmentIds(request, call));
        Add<NetworkSegmentsByIdsRequest, NetworkSegmentList>(
            context, "FindNetworkSegmentsByIds", (core, request, call) => core.FindNetworkSegmentsByIds(request, call));
        Add<TenantSearchFilter, TenantOrganizationIdList>(
            context, "FindTenantOrganizationIds", (core, request, call) => core.FindTenantOrganizationIds(request, call));
        Add<TenantByOrganizationIdsRequest, TenantList>(
            context, "FindTenantsByOrganizationIds", (core, request, call) => core.FindTenantsByOrganizationIds(request, call));
        Add<FindInstanceTypeIdsRequest, FindInstanceTypeIdsResponse>(
            context, "FindInstanceTypeIds", (core, request, call) => core.FindInstanceTypeIds(request, call));
        Add<FindInstanceTypesByIdsRequest, FindInstanceTypesByIdsResponse>(
            context, "FindInstanceTypesByIds", (core, request, call) => core.FindInstanceTypesByIds(request, call));
        Add<InstanceSearchFilter, InstanceIdList>(context, "FindInstanceIds", (core, request, call) => core.FindInstanceIds(request, call));
        Add<InstancesByIdsRequest, InstanceList>(context, "FindInstancesByIds", (core, request, call) => core.FindInstancesByIds(request, call));
        Add<ListOsImageRequest, ListOsImageResponse>(context, "ListOsImage", (core, request, call) => core.ListOsImage(request, call));
        Add<MachineSearchConfig, SiteProtocol.Common.MachineIdList>(context, "FindMachineIds", (core, request, call) => core.FindMachineIds(request, call));
        Add<MachinesByIdsRequest, ObjectFrames>(context, "FindMachinesByIds", (core, request, call) => core.FindMachineFramesByIds(request, call));
    }

    /// <summary>Gives those calls the precedence.</summary>
    public static void Order(EndpointBuilder endpoint)
    {
        if (endpoint is RouteEndpointBuilder route && endpoint.Metadata.OfType<First>().Any())
        {
            route.Order = -1;
        }
    }

    private static void Add<TRequest, TAnswer>(
        ServiceMethodProviderContext<CoreService> context, string rpc, Func<CoreService, TRequest, ServerCallContext, Task<TAnswer>> serve)
        where TRequest : class, IMessage<TRequest>, new()
        where TAnswer : class, IMessage<TAnswer> =>
        context.AddUnaryMethod(Forge.FramesOf<TRequest>(rpc), [new First()], async (service, request, call) =>
        {
            Twist.Unspell(request);
            return service.Twisted(rpc, Frames(await serve(service, request, call)));
        });

    private static ObjectFrames Frames(IMessage answer) => answer as ObjectFrames ?? new()
    {
        Objects =
        {
            ((IList)answer.Descriptor.Fields[1].Accessor.GetValue(answer)).Cast<object>()
                .Select(entry => entry is IMessage message ? message.ToByteString() : ByteString.CopyFromUtf8((string)entry)),
        },
    };

    private sealed class First;
}
