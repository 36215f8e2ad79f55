using MediatR;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.Networking.Networks;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Networking.VpcPrefixes.ListVpcPrefixes;

internal sealed class ListVpcPrefixesHandler(
    Caller caller, Db db, IOrganizations organizations, ISites sites, INetworks networks, VpcPrefixAnswers answers)
    : IRequestHandler<ListVpcPrefixes, Page<VpcPrefixResponse>>
{
    public async Task<Page<VpcPrefixResponse>> Handle(ListVpcPrefixes request, CancellationToken cancellationToken)
    {
        var tenant = await organizations.RequireTenant(caller, 400, cancellationToken);
        await sites.RequireVisible(request.SiteId is { } site ? [site] : [], null, tenant.Id, "siteId", cancellationToken);
        await networks.RequireOwnVpc(request.VpcId, tenant.Id, cancellationToken);
        var text = TextSearch.For(request.Query);
        var args = new { tenantId = tenant.Id, request.SiteId, request.VpcId, status = request.Status?.ToString(), text.Words, text.Like };
        var page = await db.Page<VpcPrefix>(
            Sql.Of<ListVpcPrefixesHandler>("ListVpcPrefixes"), args, request.Page(), request.SqlOrder(), cancellationToken);
        return new(await answers.Of(page.Items, request.IncludeRelation, request.IncludeUsageStats ?? false, cancellationToken), page.Total);
    }
}
