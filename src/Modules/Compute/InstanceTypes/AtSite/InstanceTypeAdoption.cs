using Nico.Hardware.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SiteLink;
using Reported = Nico.SiteProtocol.Forge.InstanceType;

namespace Nico.Compute.InstanceTypes.AtSite;

/// <summary>
/// An instance type that only its site has is taken over by itself, unless something is in the way. Once that is out of the way an operator can
/// adopt it, and also one that was deleted here and that its site keeps.
/// </summary>
internal sealed class InstanceTypeAdoption(InstanceTypeAtSite types, ISites sites, TimeProvider clock) : DriftAdoption<Reported>
{
    public override string Kind => types.Kind;

    public override Task<Guid?> SiteOf(Db db, string id, CancellationToken ct) =>
        types.SiteOf(db, id, ct);

    protected override async Task Adopt(Db db, Guid siteId, Report<Reported> report, CancellationToken ct)
    {
        var site = await sites.Find(siteId, ct) ?? throw Problem.NotFound("Site", siteId);
        await db.Execute("delete from compute.removed_instance_type where id = @id", new { id = report.Uuid }, ct);
        var fence = await db.One<DateTime>("select clock_timestamp()", null, ct);
        if (!await InstanceTypeInventory.Adopt(db, site, report, fence, clock.Now(), IDriftAdoption.Message, ct))
        {
            throw Problem.Conflict(
                $"The provider has an instance type named '{SiteText.Of(report.Item.Metadata?.Name ?? "", 256)}' at the site already, something else has "
                + "the id, or what it is made of makes no sense here");
        }
    }
}
