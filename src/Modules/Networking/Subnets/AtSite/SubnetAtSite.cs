using Google.Protobuf;
using Nico.Networking.AtSite;
using Nico.Networking.Contracts;
using Nico.Networking.Networks;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteProtocol.Common;
using Nico.SiteProtocol.Forge;

namespace Nico.Networking.Subnets.AtSite;

/// <summary>Subnets at their site, where they are network segments. Source: spec/60-site-link.md, sections 6.3 and 8.4.</summary>
internal static class SubnetAtSite
{
    public const string Kind = NetworkingKinds.Subnet;

    public static SiteObjects Objects { get; } = new("networking.subnet", Kind, "subnet");

    public static Task<Subnet?> Row(SiteCall call, CancellationToken ct) =>
        call.Db.OneOrNone<Subnet>(Sql.Of<CreateSubnetAtSite>("SubnetById"), new { id = Guid.Parse(call.Command.ResourceId) }, ct);

    public static async Task<NetworkSegment?> AtSite(SiteCall call, CancellationToken ct)
    {
        var found = await call.Core.FindNetworkSegmentsByIdsAsync(
            new NetworkSegmentsByIdsRequest { NetworkSegmentsIds = { new NetworkSegmentId { Value = call.Command.ResourceId } } }, cancellationToken: ct);
        return found.NetworkSegments.FirstOrDefault();
    }

    /// <summary>What a segment's state means for its subnet, and in words; null for one that is not known here.</summary>
    public static (SubnetStatus Status, string Message)? StatusOf(TenantState state) => state switch
    {
        TenantState.Provisioning or TenantState.Configuring => (SubnetStatus.Provisioning, "Subnet is being made by its site"),
        TenantState.Ready => (SubnetStatus.Ready, "Subnet is ready for use"),
        TenantState.Terminating or TenantState.Terminated => (SubnetStatus.Deleting, "Subnet is being removed by its site"),
        TenantState.Failed => (SubnetStatus.Error, "Subnet failed at its site"),
        _ => null,
    };
}

internal sealed class CreateSubnetAtSite(TenantNetworks networks, TimeProvider clock) : SiteCommandHandler
{
    /// <summary>Addresses at the start of a subnet that its site keeps: the network's own and the gateway.</summary>
    private const int Reserved = 2;

    public override string Kind => SubnetAtSite.Kind;

    public override SiteOperation Operation => SiteOperation.Create;

    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct) => await SubnetAtSite.Row(call, ct) is { } subnet
        ? await call.Core.CreateNetworkSegmentAsync(
            new NetworkSegmentCreationRequest
            {
                Id = new NetworkSegmentId { Value = subnet.Id.ToString() },
                Name = subnet.Name,
                VpcId = new VpcId { Value = subnet.VpcId.ToString() },
                Prefixes = { new NetworkPrefix { Prefix = subnet.Prefix, Gateway = subnet.Gateway, ReserveFirst = Reserved } },
            },
            cancellationToken: ct)
        : null;

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) =>
        await SubnetAtSite.AtSite(call, ct) is { } found ? new SiteReadBack(true, found) : new SiteReadBack(false);

    public override async Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct)
    {
        if (answer is NetworkSegment made)
        {
            var (status, message) = SubnetAtSite.StatusOf(made.State) ?? SubnetAtSite.StatusOf(TenantState.Provisioning)!.Value;
            await SubnetAtSite.Objects.Taken(call.Db, Guid.Parse(call.Command.ResourceId), status.ToString(), message, clock.Now(), ct);
        }
    }

    public override Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct) =>
        SubnetAtSite.Objects.CreationRefused(call, refusal, clock.Now(), ct);

    public override async Task Retried(SiteCall call, CancellationToken ct)
    {
        if (await SubnetAtSite.Row(call, ct) is { } subnet)
        {
            await networks.TakeAgain(SubnetAtSite.Kind, subnet.Id, subnet.Ipv4BlockId, subnet.Prefix, ct);
            await SubnetAtSite.Objects.Set(
                call.Db, subnet.Id, nameof(SubnetStatus.Pending), "Subnet is on its way to its site again", clock.Now(), ct);
        }
    }
}

internal sealed class DeleteSubnetAtSite(TimeProvider clock) : SiteCommandHandler
{
    public override string Kind => SubnetAtSite.Kind;

    public override SiteOperation Operation => SiteOperation.Delete;

    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct) => await call.Core.DeleteNetworkSegmentAsync(
        new NetworkSegmentDeletionRequest { Id = new NetworkSegmentId { Value = call.Command.ResourceId } }, cancellationToken: ct);

    /// <summary>A segment stays for a while after its deletion was taken, on its way out.</summary>
    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct) => await SubnetAtSite.AtSite(call, ct) switch
    {
        null => new SiteReadBack(true),
        { State: TenantState.Terminating or TenantState.Terminated } leaving => new SiteReadBack(true, leaving),
        _ => new SiteReadBack(false),
    };

    public override Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct) =>
        SubnetAtSite.Objects.DeletionTaken(call, isThere: answer is not null, clock.Now(), ct);

    public override Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct) =>
        SubnetAtSite.Objects.DeletionRefused(call, refusal, clock.Now(), ct);

    public override Task Retried(SiteCall call, CancellationToken ct) => SubnetAtSite.Objects.DeletionRetried(call, clock.Now(), ct);
}
