using Google.Protobuf;
using Grpc.Core;
using Nico.Compute.Contracts;
using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Nico.SiteLink.Resources;
using Nico.SiteProtocol.Forge;
using Metadata = Nico.SiteProtocol.Forge.Metadata;
using Reported = Nico.SiteProtocol.Forge.InstanceType;

namespace Nico.Compute.InstanceTypes.AtSite;

/// <summary>Instance types at their site. Source: spec/60-site-link.md, sections 6.9 and 8.9.</summary>
internal sealed class InstanceTypeAtSite(InstanceTypeRows rows, IInstanceTypeMachines machines) : SiteResource<InstanceType, Reported>
{
    public override string Kind => ComputeKinds.InstanceType;

    public override string Table => "compute.instance_type";

    public override string Noun => "instance type";

    public override StatusHistory History => ComputeModule.InstanceTypeHistory;

    public override string Changeable => "name,description,labels,capabilities";

    public override string Owner => "infrastructure_provider_id";

    public override string OnItsWay => nameof(InstanceTypeStatus.Ready);

    public override bool IsRemovedAtOnce => true;

    public override Task<InstanceType?> Row(Db db, Guid id, CancellationToken ct) => rows.Find(id, ct);

    public override async Task<Reported?> Find(Forge.ForgeClient core, string id, CancellationToken ct) => (await core.FindInstanceTypesByIdsAsync(
        new FindInstanceTypesByIdsRequest { InstanceTypeIds = { id } }, cancellationToken: ct)).InstanceTypes.FirstOrDefault();

    public override Task<IMessage?> Create(Forge.ForgeClient core, InstanceType row, CancellationToken ct) => Tolerantly(async () => (await core.CreateInstanceTypeAsync(
        new CreateInstanceTypeRequest { Id = row.Id.ToString(), Metadata = Metadata(row), InstanceTypeAttributes = InstanceTypeParts.ToSite(row) },
        cancellationToken: ct)).InstanceType ?? new Reported());

    public override Task<IMessage?> Update(Forge.ForgeClient core, InstanceType row, CancellationToken ct) => Tolerantly(
        async () => (await core.UpdateInstanceTypeAsync(
            new UpdateInstanceTypeRequest { Id = row.Id.ToString(), Metadata = Metadata(row), InstanceTypeAttributes = InstanceTypeParts.ToSite(row) },
            cancellationToken: ct)).InstanceType ?? new Reported(),
        StatusCode.NotFound);

    public override Task<IMessage?> Delete(Forge.ForgeClient core, string id, InstanceType? row, CancellationToken ct) => Tolerantly(
        async () => await core.DeleteInstanceTypeAsync(new DeleteInstanceTypeRequest { Id = id }, cancellationToken: ct), StatusCode.NotFound);

    public override bool Differs(InstanceType row, Reported found) =>
        SiteMetadata.HasDrifted(found.Metadata, row.Name, row.Description, row.Labels)
        || !InstanceTypeParts.ToSite(row).Equals(found.Attributes ?? new InstanceTypeAttributes());

    public override (string Status, string Message) Made(Reported made) => (nameof(InstanceTypeStatus.Ready), "Instance type is ready for use");

    public override Task Keep(Db db, Guid id, Reported answer, CancellationToken ct) => answer.Version.Length == 0
        ? Task.CompletedTask
        : db.Execute("update compute.instance_type set version = @Version where id = @id", new { id, answer.Version }, ct);

    public override async Task<bool> IsUsed(Db db, Guid id, CancellationToken ct)
    {
        await rows.Lock(id, ct);
        return await InstanceTypeRows.IsUsed(db, id, ct);
    }

    /// <summary>Its machines belong to no instance type any more, and a site that keeps it does not bring it back.</summary>
    protected override async Task Removing(Db db, IReadOnlyCollection<Guid> ids, DateTime now, CancellationToken ct)
    {
        foreach (var id in ids)
        {
            await rows.Lock(id, ct);
            await machines.LeaveAll(id, ct);
        }

        await db.Execute(Sql.Of<InstanceTypeAtSite>("Remember"), new { ids, now }, ct);
    }

    protected override async Task Restored(Db db, Guid id, CancellationToken ct)
    {
        if (await rows.Find(id, ct) is { } type)
        {
            await InstanceTypeRows.Renamed(db, id, type.Name, ct);
        }
    }

    private static Metadata Metadata(InstanceType type) => SiteMetadata.Of(type.Name, type.Description, type.Labels);

    /// <summary>Makes the call; null where the site keeps no instance types or lets nobody change them: then Nico alone knows this one.</summary>
    private static async Task<IMessage?> Tolerantly(Func<Task<IMessage>> send, params StatusCode[] also)
    {
        try
        {
            return await send();
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.Unimplemented or StatusCode.PermissionDenied || also.Contains(e.StatusCode))
        {
            return null;
        }
    }
}
