using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Compute.OperatingSystems;

/// <summary>Rows of operating systems as answers, with their history and relations: a fixed number of statements.</summary>
internal sealed class OperatingSystemAnswers(Db db, IOrganizations organizations)
{
    public async Task<IReadOnlyList<OperatingSystemResponse>> Of(
        IReadOnlyList<OperatingSystem> systems, IReadOnlyList<OperatingSystemRelation> relations, CancellationToken ct)
    {
        if (systems.Count == 0)
        {
            return [];
        }

        var history = await ComputeModule.History.Newest(db, systems.Select(s => (object)s.Id), StatusHistory.Shown, ct);
        var tenants = relations.Has(OperatingSystemRelation.Tenant) ? await organizations.Tenants(systems.Ids(s => s.TenantId), ct) : null;
        return
        [
            .. systems.Select(system => system.ToResponse(history[system.Id.ToString()]) with { Tenant = tenants?.GetValueOrDefault(system.TenantId) }),
        ];
    }
}
