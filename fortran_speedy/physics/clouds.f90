!> Cloud cover: one bulk cloud per column and a stratiform cloud on top of the boundary layer
!> (spec 13 A; Molteni 2003, A4; Kucharski et al. 2006, 2013).
module clouds_process
    use kinds, only: dp
    use status_codes, only: status_ok, status_too_few_levels
    implicit none
    private
    public :: clouds, clouds_parameters

    type :: clouds_parameters
        real(dp) :: clear_sky_relative_humidity = real(0.30, dp)      ! 1, where cover starts
        real(dp) :: overcast_relative_humidity = 1.0_dp              ! 1, where cover is complete
        real(dp) :: minimum_cloud_humidity = real(0.20, dp)      ! g kg-1, not asked of the last layer but one
        real(dp) :: precipitation_weight = real(0.2, dp)            ! 1, cover at 1 mm/day
        real(dp) :: maximum_precipitation = 10.0_dp                 ! mm/day, that counts for cover
        real(dp) :: precipitation_unit_factor = real(86.4, dp)            ! mm/day per g m-2 s-1
        real(dp) :: maximum_stratiform_cover = real(0.60, dp)       ! 1
        real(dp) :: minimum_land_stratiform_cover = real(0.15, dp)  ! 1, at relative humidity 1
        real(dp) :: stratiform_onset_gradient = 0.25_dp          ! 1, gradient where stratiform cover starts
        real(dp) :: stratiform_full_gradient = real(0.40, dp)      ! 1, gradient where it is complete
        real(dp) :: stratiform_reduction = real(1.2, dp)            ! 1, per cover of the bulk cloud
    end type clouds_parameters

contains

    !> Diagnose clouds in one column.
    !>
    !> Cover grows with the largest excess of relative humidity in the layers from the third to the
    !> last but one and with precipitation; stratiform cover with static stability.
    pure subroutine clouds(parameters, specific_humidity, relative_humidity, convective_precipitation, &
            large_scale_precipitation, precipitation_top_level, dry_static_energy_gradient, land_fraction, &
            cloud_top_level, cloud_cover, stratiform_cloud_cover, cloud_humidity, status)
        type(clouds_parameters), intent(in) :: parameters
        real(dp), contiguous, intent(in) :: specific_humidity(:)            ! g kg-1
        real(dp), contiguous, intent(in) :: relative_humidity(:)            ! 1
        real(dp), intent(in) :: convective_precipitation        ! g m-2 s-1
        real(dp), intent(in) :: large_scale_precipitation       ! g m-2 s-1
        integer, intent(in) :: precipitation_top_level          ! counted from 0; levels = no precipitation
        real(dp), intent(in) :: dry_static_energy_gradient      ! 1, per geopotential, between the two lowest layers
        real(dp), intent(in) :: land_fraction                   ! 1
        integer, intent(out) :: cloud_top_level                 ! counted from 0; levels = no cloud
        real(dp), intent(out) :: cloud_cover                    ! 1
        real(dp), intent(out) :: stratiform_cloud_cover         ! 1, may exceed 1 over land
        real(dp), intent(out) :: cloud_humidity                 ! g kg-1, of the last layer but one
        integer, intent(out) :: status
        real(dp) :: excess, precipitation, stability, sea_cover, land_cover
        integer :: k, n

        n = size(specific_humidity)
        cloud_top_level = n
        cloud_cover = 0.0_dp
        stratiform_cloud_cover = 0.0_dp
        cloud_humidity = 0.0_dp
        status = status_ok
        if (n < 8) status = status_too_few_levels
        if (status /= status_ok) return

        associate (p => parameters, r => relative_humidity, q => specific_humidity)
            ! The moistest layer; among equals the one looked at first.
            excess = 0.0_dp
            if (r(n - 1) > p%clear_sky_relative_humidity) then
                excess = r(n - 1) - p%clear_sky_relative_humidity
                cloud_top_level = n - 2
            end if
            do k = 3, n - 2
                if (r(k) - p%clear_sky_relative_humidity > excess .and. q(k) > p%minimum_cloud_humidity) then
                    excess = r(k) - p%clear_sky_relative_humidity
                    cloud_top_level = k - 1
                end if
            end do
            cloud_top_level = min(cloud_top_level, precipitation_top_level)

            precipitation = min(p%maximum_precipitation, &
                p%precipitation_unit_factor*(convective_precipitation + large_scale_precipitation))
            cloud_cover = min(1.0_dp, p%precipitation_weight*sqrt(precipitation) + &
                min(1.0_dp, excess*(1.0_dp/(p%overcast_relative_humidity - p%clear_sky_relative_humidity)))**2)
            cloud_humidity = q(n - 1)

            stability = (dry_static_energy_gradient - p%stratiform_onset_gradient) &
                *(1.0_dp/(p%stratiform_full_gradient - p%stratiform_onset_gradient))
            stability = min(1.0_dp, max(0.0_dp, stability))
            sea_cover = stability*max(p%maximum_stratiform_cover - p%stratiform_reduction*cloud_cover, 0.0_dp)
            land_cover = max(sea_cover, p%minimum_land_stratiform_cover)*r(n)
            stratiform_cloud_cover = sea_cover + land_fraction*(land_cover - sea_cover)
        end associate
    end subroutine clouds

end module clouds_process
