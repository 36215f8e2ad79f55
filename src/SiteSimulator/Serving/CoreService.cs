using System.Diagnostics;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;
using Nico.SiteProtocol.Frames;

namespace Nico.SiteSimulator.Serving;

/// <summary>The gRPC service <c>forge.Forge</c> of a site: each call goes through the site's faults, its rules and its journal.</summary>
internal sealed class CoreService(Controller site, CallLog log) : Forge.ForgeBase
{
    public override Task<BuildInfo> Version(VersionRequest request, ServerCallContext context) => Serve(request, context, Build);

    public override Task<Vpc> CreateVpc(VpcCreationRequest request, ServerCallContext context) => Serve(request, context, site.Vpcs.Create);

    public override Task<VpcUpdateResult> UpdateVpc(VpcUpdateRequest request, ServerCallContext context) => Serve(request, context, site.Vpcs.Update);

    public override Task<VpcUpdateVirtualizationResult> UpdateVpcVirtualization(VpcUpdateVirtualizationRequest request, ServerCallContext context) =>
        Serve(request, context, site.Vpcs.UpdateVirtualization);

    public override Task<VpcDeletionResult> DeleteVpc(VpcDeletionRequest request, ServerCallContext context) => Serve(request, context, site.Vpcs.Delete);

    public override Task<VpcIdList> FindVpcIds(VpcSearchFilter request, ServerCallContext context) => Serve(request, context, site.Vpcs.FindIds);

    public override Task<VpcList> FindVpcsByIds(VpcsByIdsRequest request, ServerCallContext context) => Serve(request, context, site.Vpcs.FindByIds);

    public override Task<VpcPrefix> CreateVpcPrefix(VpcPrefixCreationRequest request, ServerCallContext context) =>
        Serve(request, context, site.Prefixes.Create);

    public override Task<VpcPrefix> UpdateVpcPrefix(VpcPrefixUpdateRequest request, ServerCallContext context) =>
        Serve(request, context, site.Prefixes.Update);

    public override Task<VpcPrefixDeletionResult> DeleteVpcPrefix(VpcPrefixDeletionRequest request, ServerCallContext context) =>
        Serve(request, context, site.Prefixes.Delete);

    public override Task<VpcPrefixIdList> SearchVpcPrefixes(VpcPrefixSearchQuery request, ServerCallContext context) =>
        Serve(request, context, site.Prefixes.Search);

    public override Task<VpcPrefixList> GetVpcPrefixes(VpcPrefixGetRequest request, ServerCallContext context) => Serve(request, context, site.Prefixes.Get);

    public override Task<NetworkSegment> CreateNetworkSegment(NetworkSegmentCreationRequest request, ServerCallContext context) =>
        Serve(request, context, site.Segments.Create);

    public override Task<NetworkSegmentDeletionResult> DeleteNetworkSegment(NetworkSegmentDeletionRequest request, ServerCallContext context) =>
        Serve(request, context, site.Segments.Delete);

    public override Task<NetworkSegmentIdList> FindNetworkSegmentIds(NetworkSegmentSearchFilter request, ServerCallContext context) =>
        Serve(request, context, site.Segments.FindIds);

    public override Task<NetworkSegmentList> FindNetworkSegmentsByIds(NetworkSegmentsByIdsRequest request, ServerCallContext context) =>
        Serve(request, context, site.Segments.FindByIds);

    public override Task<CreateTenantResponse> CreateTenant(CreateTenantRequest request, ServerCallContext context) =>
        Serve(request, context, site.Tenants.Create);

    public override Task<UpdateTenantResponse> UpdateTenant(UpdateTenantRequest request, ServerCallContext context) =>
        Serve(request, context, site.Tenants.Update);

    public override Task<TenantOrganizationIdList> FindTenantOrganizationIds(TenantSearchFilter request, ServerCallContext context) =>
        Serve(request, context, site.Tenants.FindIds);

    public override Task<TenantList> FindTenantsByOrganizationIds(TenantByOrganizationIdsRequest request, ServerCallContext context) =>
        Serve(request, context, site.Tenants.FindByIds);

    public override Task<MachineIdList> FindMachineIds(MachineSearchConfig request, ServerCallContext context) =>
        Serve(request, context, site.Machines.FindIds);

    /// <summary>Machines are answered byte by byte, see <see cref="FrameCalls"/>.</summary>
    public async Task<ObjectFrames> FindMachineFramesByIds(MachinesByIdsRequest request, ServerCallContext context) =>
        (await Serve(request, context, site.Machines.FindByIds))();

    /// <summary>Changes a list that is about to be answered as the faults say.</summary>
    public ObjectFrames Twisted(string rpc, ObjectFrames list)
    {
        IReadOnlyList<Fault> faults;
        lock (site.Gate)
        {
            site.CatchUp();
            faults = site.Faults.Count == 0 ? [] : site.Faults.Twists(Rpcs.Resource(rpc));
        }

        return faults.Count == 0 ? list : Twist.Of(rpc, list, faults);
    }

    public override Task<Empty> SetMaintenance(MaintenanceRequest request, ServerCallContext context) => Serve(request, context, site.Machines.SetMaintenance);

    public override Task<Empty> UpdateMachineMetadata(MachineMetadataUpdateRequest request, ServerCallContext context) =>
        Serve(request, context, site.Machines.UpdateMetadata);

    public override Task<Empty> InsertHealthReportOverride(InsertHealthReportOverrideRequest request, ServerCallContext context) =>
        Serve(request, context, site.Machines.InsertOverride);

    public override Task<Empty> RemoveHealthReportOverride(RemoveHealthReportOverrideRequest request, ServerCallContext context) =>
        Serve(request, context, site.Machines.RemoveOverride);

    public override Task<CreateInstanceTypeResponse> CreateInstanceType(CreateInstanceTypeRequest request, ServerCallContext context) =>
        Serve(request, context, site.InstanceTypes.Create);

    public override Task<FindInstanceTypeIdsResponse> FindInstanceTypeIds(FindInstanceTypeIdsRequest request, ServerCallContext context) =>
        Serve(request, context, site.InstanceTypes.FindIds);

    public override Task<FindInstanceTypesByIdsResponse> FindInstanceTypesByIds(FindInstanceTypesByIdsRequest request, ServerCallContext context) =>
        Serve(request, context, site.InstanceTypes.FindByIds);

    public override Task<UpdateInstanceTypeResponse> UpdateInstanceType(UpdateInstanceTypeRequest request, ServerCallContext context) =>
        Serve(request, context, site.InstanceTypes.Update);

    public override Task<DeleteInstanceTypeResponse> DeleteInstanceType(DeleteInstanceTypeRequest request, ServerCallContext context) =>
        Serve(request, context, site.InstanceTypes.Delete);

    public override Task<AssociateMachinesWithInstanceTypeResponse> AssociateMachinesWithInstanceType(
        AssociateMachinesWithInstanceTypeRequest request, ServerCallContext context) => Serve(request, context, site.InstanceTypes.Associate);

    public override Task<RemoveMachineInstanceTypeAssociationResponse> RemoveMachineInstanceTypeAssociation(
        RemoveMachineInstanceTypeAssociationRequest request, ServerCallContext context) => Serve(request, context, site.Machines.RemoveInstanceType);

    public override Task<Instance> AllocateInstance(InstanceAllocationRequest request, ServerCallContext context) =>
        Serve(request, context, site.Instances.Allocate);

    public override Task<BatchInstanceAllocationResponse> AllocateInstances(BatchInstanceAllocationRequest request, ServerCallContext context) =>
        Serve(request, context, site.Instances.AllocateAll);

    public override Task<Instance> UpdateInstanceConfig(InstanceConfigUpdateRequest request, ServerCallContext context) =>
        Serve(request, context, site.Instances.UpdateConfig);

    public override Task<InstanceReleaseResult> ReleaseInstance(InstanceReleaseRequest request, ServerCallContext context) =>
        Serve(request, context, site.Instances.Release);

    public override Task<InstancePowerResult> InvokeInstancePower(InstancePowerRequest request, ServerCallContext context) =>
        Serve(request, context, site.Instances.Power);

    public override Task<InstanceIdList> FindInstanceIds(InstanceSearchFilter request, ServerCallContext context) =>
        Serve(request, context, site.Instances.FindIds);

    public override Task<InstanceList> FindInstancesByIds(InstancesByIdsRequest request, ServerCallContext context) =>
        Serve(request, context, site.Instances.FindByIds);

    public override Task<OsImage> CreateOsImage(OsImageAttributes request, ServerCallContext context) => Serve(request, context, site.Images.Create);

    public override Task<OsImage> UpdateOsImage(OsImageAttributes request, ServerCallContext context) => Serve(request, context, site.Images.Update);

    public override Task<DeleteOsImageResponse> DeleteOsImage(DeleteOsImageRequest request, ServerCallContext context) =>
        Serve(request, context, site.Images.Delete);

    public override Task<ListOsImageResponse> ListOsImage(ListOsImageRequest request, ServerCallContext context) => Serve(request, context, site.Images.List);

    private async Task<TAnswer> Serve<TRequest, TAnswer>(TRequest request, ServerCallContext context, Func<TRequest, TAnswer> carryOut)
        where TRequest : IMessage<TRequest>
    {
        var rpc = context.Method[(context.Method.LastIndexOf('/') + 1)..];
        var started = Stopwatch.GetTimestamp();
        try
        {
            var orders = Strike(rpc, request);
            if (orders.Silent || orders.Delay > TimeSpan.Zero)
            {
                await Endure(orders, context.CancellationToken);
            }

            if (orders.Refusal is { } refused)
            {
                throw new RpcException(refused);
            }

            var (answer, position) = CarryOut(rpc, request, carryOut);
            if (orders.Again is { } again)
            {
                position = await Repeat(again, rpc, request, carryOut) ?? position;
            }

            await site.Durable(position);
            if (orders.Lost is { } lost)
            {
                await Lose(lost, context);
            }

            log.Add(rpc, request, StatusCode.OK, started);
            return answer;
        }
        catch (RpcException refusal)
        {
            log.Add(rpc, request, refusal.StatusCode, started);
            throw;
        }
        catch (IOException failure)
        {
            log.Add(rpc, request, StatusCode.Unavailable, started);
            throw new RpcException(new Status(StatusCode.Unavailable, $"The site cannot keep its state: {failure.Message}"));
        }
        catch (OperationCanceledException)
        {
            log.Add(rpc, request, StatusCode.Cancelled, started);
            throw;
        }
    }

    private CallOrders Strike(string rpc, IMessage request)
    {
        lock (site.Gate)
        {
            site.CatchUp();
            if (site.Faults.Count == 0)
            {
                return new CallOrders();
            }

            var resource = Rpcs.Resource(rpc);
            var orders = site.Faults.Strike(rpc, resource, request, log.Chunk(rpc, resource));
            site.Commit();
            return orders;
        }
    }

    private async Task Endure(CallOrders orders, CancellationToken ct)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct, site.Stopping.Token);
        await Task.Delay(orders.Silent ? Timeout.InfiniteTimeSpan : orders.Delay, site.Clock, over.Token);
    }

    private (TAnswer Answer, long Position) CarryOut<TRequest, TAnswer>(string rpc, TRequest request, Func<TRequest, TAnswer> carryOut, bool isRepeat = false)
    {
        lock (site.Gate)
        {
            site.CatchUp();
            try
            {
                var answer = carryOut(request);
                log.Accepted(rpc, isRepeat);
                return (answer, site.Commit());
            }
            catch
            {
                // What fell due before the call happened all the same.
                site.Commit();
                throw;
            }
        }
    }

    // The second delivery answers to nobody; that it is refused is its usual fate.
    private async Task<long?> Repeat<TRequest, TAnswer>(Fault again, string rpc, TRequest request, Func<TRequest, TAnswer> carryOut)
        where TRequest : IMessage<TRequest>
    {
        var copy = request.Clone();
        if (again.Delay is { } delay && delay > TimeSpan.Zero)
        {
            _ = Task.Run(async () =>
            {
                await Task.Delay(delay, site.Clock, site.Stopping.Token);
                Once();
            });
            return null;
        }

        await Task.Yield();
        return Once();

        long? Once()
        {
            try
            {
                var position = CarryOut(rpc, copy, carryOut, isRepeat: true).Position;
                log.Add(rpc, copy, StatusCode.OK, Stopwatch.GetTimestamp());
                return position;
            }
            catch (RpcException refusal)
            {
                log.Add(rpc, copy, refusal.StatusCode, Stopwatch.GetTimestamp());
                return null;
            }
        }
    }

    private async Task Lose(Fault lost, ServerCallContext context)
    {
        if (lost.Delay is { } delay && delay > TimeSpan.Zero)
        {
            await Task.Delay(delay, site.Clock, context.CancellationToken);
        }

        if (lost.Cut)
        {
            context.GetHttpContext().Abort();
        }

        throw new RpcException(new Status(lost.Code ?? StatusCode.DeadlineExceeded, lost.Message ?? "The answer was lost on purpose."));
    }

    private BuildInfo Build(VersionRequest request)
    {
        var build = new BuildInfo
        {
            BuildVersion = "v2026.05.1-simulated",
            BuildDate = "2026-05-04T09:12:44Z",
            GitSha = Convert.ToHexStringLower(site.Seed.Bytes("build"))[..40],
            RustVersion = "1.90.0",
            BuildUser = "build",
            BuildHostname = "simulator",
        };
        if (request.DisplayConfig)
        {
            build.RuntimeConfig = new()
            {
                Listen = $"127.0.0.1:{site.Options.Port}",
                Asn = 4_200_000_000 + (uint)(site.Seed.Number("asn") % 90_000_000),
                SiteFabricPrefixes = { site.Options.FabricPrefixes },
                InitialDomainName = $"{site.Options.SiteName}.example",
                InitialDpuAgentUpgradePolicy = "UpOnly",
                EnableIpFabric = true,
                MaxConcurrentMachineUpdates = 10,
                MaxDatabaseConnections = 1000,
                MaxFindByIds = (uint)site.Options.MaxFindByIds,
                MachineValidationEnabled = true,
                BomValidationEnabled = true,
                VpcIsolationBehavior = "MutualIsolation",
                Sitename = site.Faults.OtherIdentity ?? site.Options.SiteName,
            };
        }

        return build;
    }
}
