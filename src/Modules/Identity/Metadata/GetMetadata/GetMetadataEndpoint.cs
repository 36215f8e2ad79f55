using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Identity.Metadata.GetMetadata;

/// <summary>Which build answers? Source: spec/10-identity.md, section 7.</summary>
public sealed record GetMetadata : IQuery<MetadataResponse>;

/// <summary>The build of the service.</summary>
/// <param name="Version">Version of the service.</param>
/// <param name="BuildTime">When it was built, RFC 3339; <c>unknown</c> for a build that does not say.</param>
[Schema("Metadata")]
public sealed record MetadataResponse(string Version, string BuildTime);

internal sealed class GetMetadataEndpoint : QueryEndpoint<GetMetadata, MetadataResponse>
{
    public override void Configure()
    {
        Get("metadata");
        AllowAnyMember();
        Describe("get-metadata", "Metadata", "Retrieve metadata", "Version and build time of the service.");
    }
}
