using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Identity.Metadata.GetMetadata;

/// <summary>Which API is spoken, and which build answers? Source: spec/10-identity.md, section 7.</summary>
public sealed record GetMetadata : IQuery<MetadataResponse>;

/// <summary>The API that is spoken, and the build that speaks it.</summary>
/// <param name="Version">Version of the API.</param>
/// <param name="BuildTime">When the service was built, RFC 3339; <c>unknown</c> for a build that does not say.</param>
/// <param name="BuildVersion">Version of the service itself.</param>
[Schema("Metadata")]
public sealed record MetadataResponse(string Version, string BuildTime, string BuildVersion);

internal sealed class GetMetadataEndpoint : QueryEndpoint<GetMetadata, MetadataResponse>
{
    public override void Configure()
    {
        Get("metadata");
        AllowAnyMember();
        Describe("get-metadata", "Metadata", "Retrieve metadata", "Version of the API; version and build time of the service.");
    }
}
