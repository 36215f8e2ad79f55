using MediatR;
using Nico.Hardware.Sites.Pairing;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Lists;

namespace Nico.Hardware.Sites.GetSite;

internal sealed class GetSiteHandler(SeenSite seen, IOrganizations organizations, RegistrationTokens tokens, IAuditTrail audit, TimeProvider clock)
    : IRequestHandler<GetSite, SiteResponse>
{
    public async Task<SiteResponse> Handle(GetSite request, CancellationToken cancellationToken)
    {
        var (site, view) = await seen.Require(request.SiteId, request.Entries, cancellationToken);
        var providers = request.IncludeRelation.Has(SiteRelation.InfrastructureProvider)
            ? await organizations.Providers([site.InfrastructureProviderId], cancellationToken)
            : null;
        var response = site.ToResponse(view, tokens, clock.Now(), site.History, providers?.GetValueOrDefault(site.InfrastructureProviderId));
        if (response.RegistrationToken is not null)
        {
            await audit.RecordDisclosure(cancellationToken);
        }

        return response;
    }
}
