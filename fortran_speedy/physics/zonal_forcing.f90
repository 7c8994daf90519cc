!> Daily-mean insolation, ozone absorption and zenith factor at one latitude (spec 15, sections 2 and 3;
!> Spencer 1971; Hartmann 1994; Molteni 2003).
module zonal_forcing_process
    use formulation, only: formulation_switches
    use kinds, only: dp
    use status_codes, only: status_ok
    implicit none
    private
    public :: zonal_forcing, zonal_forcing_parameters

    !> Fourier coefficients carry the number of the harmonic and their sign.
    type :: zonal_forcing_parameters
        real(dp) :: pi = real(acos(-1.0), dp)                                   ! 1
        real(dp) :: solar_constant = 1368.0_dp                                  ! W m-2
        real(dp) :: declination_mean = real(0.006918, dp)                       ! rad
        real(dp) :: declination_cosine_1 = real(0.399912, dp)                   ! rad
        real(dp) :: declination_sine_1 = real(0.070257, dp)                     ! rad
        real(dp) :: declination_cosine_2 = real(0.006758, dp)                   ! rad
        real(dp) :: declination_sine_2 = real(0.000907, dp)                     ! rad
        real(dp) :: declination_cosine_3 = real(0.002697, dp)                   ! rad
        real(dp) :: declination_sine_3 = real(0.001480, dp)                     ! rad
        real(dp) :: inverse_square_distance_mean = real(1.000110, dp)           ! 1
        real(dp) :: inverse_square_distance_cosine_1 = real(0.034221, dp)       ! 1
        real(dp) :: inverse_square_distance_sine_1 = real(0.001280, dp)         ! 1
        real(dp) :: inverse_square_distance_cosine_2 = real(0.000719, dp)       ! 1
        real(dp) :: inverse_square_distance_sine_2 = real(0.000077, dp)         ! 1
        real(dp) :: solstice_phase = real(10.0/365.0, dp)                       ! 1, of a year before 1 January
        real(dp) :: obliquity = real(23.45, dp)                                 ! degree
        real(dp) :: ozone_absorptivity = real(0.02, dp)                         ! 1
        real(dp) :: ozone_upper_share = 0.5_dp                                  ! 1
        real(dp) :: ozone_lower_share = real(0.4, dp)                           ! 1
        real(dp) :: ozone_latitude_factor = real(1.8, dp)                       ! 1, of the second Legendre polynomial
        real(dp) :: polar_night_threshold = 6.0_dp                              ! W m-2, of insolation
    end type zonal_forcing_parameters

contains

    !> Forcing at one latitude on one day.
    pure subroutine zonal_forcing(formulation, parameters, year_fraction, latitude_sine, latitude_cosine, insolation, &
            ozone_absorption_upper, ozone_absorption_lower, zenith_factor, polar_night_cooling, status)
        type(formulation_switches), intent(in) :: formulation
        type(zonal_forcing_parameters), intent(in) :: parameters
        real(dp), intent(in) :: year_fraction               ! 1, middle of the day
        real(dp), intent(in) :: latitude_sine               ! 1
        real(dp), intent(in) :: latitude_cosine             ! 1, positive
        real(dp), intent(out) :: insolation                 ! W m-2, downward, exactly 0 in polar night
        real(dp), intent(out) :: ozone_absorption_upper     ! W m-2, in the highest layer
        real(dp), intent(out) :: ozone_absorption_lower     ! W m-2, in the layer below it
        real(dp), intent(out) :: zenith_factor              ! 1, from 1 to 5
        real(dp), intent(out) :: polar_night_cooling        ! W m-2
        integer, intent(out) :: status
        real(dp) :: declination, zenith_declination, cos_season, ozone_season, legendre_2, obliqueness

        status = status_ok
        associate (p => parameters, s => insolation)
            declination = solar_declination(p, year_fraction)
            s = daily_insolation(p, year_fraction, declination, latitude_sine, latitude_cosine)

            cos_season = cos(2.0_dp*p%pi*(year_fraction + p%solstice_phase))
            if (formulation%ozone_season_one_sided) then
                ozone_season = max(0.0_dp, cos_season)
            else
                ozone_season = cos_season
            end if
            if (formulation%zenith_uses_separate_declination) then
                zenith_declination = -cos_season*p%obliquity*(0.5_dp*p%pi)/90.0_dp
            else
                zenith_declination = declination
            end if

            obliqueness = 1.0_dp - (latitude_cosine*cos(zenith_declination) + latitude_sine*sin(zenith_declination))
            zenith_factor = 1.0_dp + obliqueness**2
            legendre_2 = 1.5_dp*latitude_sine**2 - 0.5_dp
            ozone_absorption_upper = s*(p%ozone_upper_share*p%ozone_absorptivity)*zenith_factor
            ozone_absorption_lower = s*(p%ozone_lower_share*p%ozone_absorptivity &
                *(1.0_dp + ozone_season*latitude_sine + p%ozone_latitude_factor*legendre_2))*zenith_factor
            polar_night_cooling = max(p%polar_night_threshold - s, 0.0_dp)
        end associate
    end subroutine zonal_forcing

    !> Declination of the sun, rad.
    pure function solar_declination(p, year_fraction) result(declination)
        type(zonal_forcing_parameters), intent(in) :: p
        real(dp), intent(in) :: year_fraction
        real(dp) :: declination
        real(dp) :: c(3), s(3)

        call harmonics(p, year_fraction, c, s)
        declination = p%declination_mean - p%declination_cosine_1*c(1) + p%declination_sine_1*s(1) &
            - p%declination_cosine_2*c(2) + p%declination_sine_2*s(2) &
            - p%declination_cosine_3*c(3) + p%declination_sine_3*s(3)
    end function solar_declination

    !> Insolation at the top of the atmosphere averaged over a day, W m-2:
    !>
    !>     S0/pi D (H sin(lat) sin(dec) + sin(H) cos(lat) cos(dec)),    cos(H) = -tan(dec) tan(lat)
    pure function daily_insolation(p, year_fraction, declination, latitude_sine, latitude_cosine) result(insolation)
        type(zonal_forcing_parameters), intent(in) :: p
        real(dp), intent(in) :: year_fraction, declination, latitude_sine, latitude_cosine
        real(dp) :: insolation
        real(dp) :: c(3), s(3), inverse_square_distance, cos_sunset, sunset

        call harmonics(p, year_fraction, c, s)
        inverse_square_distance = p%inverse_square_distance_mean &
            + p%inverse_square_distance_cosine_1*c(1) + p%inverse_square_distance_sine_1*s(1) &
            + p%inverse_square_distance_cosine_2*c(2) + p%inverse_square_distance_sine_2*s(2)
        cos_sunset = -(sin(declination)/cos(declination))*latitude_sine/latitude_cosine
        sunset = acos(min(max(cos_sunset, -1.0_dp), 1.0_dp))
        insolation = p%solar_constant/p%pi*inverse_square_distance &
            *(sunset*latitude_sine*sin(declination) + sin(sunset)*latitude_cosine*cos(declination))
    end function daily_insolation

    !> Cosines and sines of the first three harmonics of the year.
    pure subroutine harmonics(p, year_fraction, c, s)
        type(zonal_forcing_parameters), intent(in) :: p
        real(dp), intent(in) :: year_fraction
        real(dp), intent(out) :: c(3), s(3)

        c(1) = cos(2.0_dp*p%pi*year_fraction)
        s(1) = sin(2.0_dp*p%pi*year_fraction)
        c(2) = c(1)**2 - s(1)**2
        s(2) = 2.0_dp*s(1)*c(1)
        c(3) = c(1)*c(2) - s(1)*s(2)
        s(3) = s(1)*c(2) + s(2)*c(1)
    end subroutine harmonics

end module zonal_forcing_process
